import type { Command } from 'commander';
import type { App } from '../../app.ts';
import { appendAudit } from '../../audit/index.ts';
import { HoldfastError } from '../../domain/index.ts';
import {
  readConnection,
  setConnectionMode,
  setConnectionZone,
  type Connection,
  type ConnectionMode,
} from '../../mirror/index.ts';
import type { Tx } from '../../store/index.ts';
