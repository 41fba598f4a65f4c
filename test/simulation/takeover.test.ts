import { expect, test } from '@jest/globals';
import { act } from './acts.ts';
import { OPEN } from './readings.ts';
import { createWorld, type World } from './world.ts';

/** What readers get while another server takes over. */

/** Lets the second of two servers take over; resolves at the first moment at which it leads. */
async function takeOver(world: World): Promise<void> {
  const [first, second] = world.servers.values();
  world.lose(first!);
  first!.process.kill();
  for (let isLeader = false; !isLeader;) {
    await world.delay(100);
    const { text } = await world.ask(second!, '/api/v1/health');
    isLeader = text.startsWith('{') && (JSON.parse(text) as { replica?: { leader: boolean } }).replica?.leader === true;
  }
}

test('a server that takes over goes on answering what it answered before while the database is down', async () => {
  const world = createWorld(1);
  const history = async (): Promise<void> => {
    await world.start();
    await world.start();
    const [, second] = world.servers.values();
    await act(world, { act: 'read everywhere', seed: 1, waitMs: 0 });
    const before = await world.read(second!, OPEN);
    expect(before.status).toBe(200);
    await takeOver(world);
    world.database.isDown = true;
    const during = await world.read(second!, OPEN);
    expect(during).toEqual(before);
    world.database.isDown = false;
    await world.delay(20_000);
    expect((await world.read(second!, OPEN)).etag).toBe(before.etag);
    second!.process.kill();
  };
  await world.scheduler.until(history());
});
