import { Command } from 'commander';
import { createApp, type App } from '../app.ts';
import { loadConfig } from '../config.ts';

/** What every command takes. */
export interface CommonOptions {
  json?: boolean;
}

/** A command with the options that every command has. */
export function command(name: string, description: string): Command {
  return (
    new Command(name)
      .description(description)
      // Options after a subcommand's name are the subcommand's own, --json among them.
      .enablePositionalOptions()
      .option('--json', 'answer with documented JSON on stdout and nothing else')
  );
}

/** Opens Holdfast as .env and the environment say, does the work, and closes it whatever happens. */
export async function withApp<T>(work: (app: App) => Promise<T>): Promise<T> {
  const app = createApp(loadConfig());
  try {
    return await work(app);
  } finally {
    await app.close();
  }
}
