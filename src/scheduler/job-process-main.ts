import { workForParent } from './work-for-parent.ts';

workForParent();
