/**
 * Test kit for topologies under failures, without a cluster, a broker or a clock.
 *
 * <p>{@link io.thalweg.storm.testing.Simulation} runs the real bolts of a topology in a model of
 * the cluster around them, with faults chosen by a seed: tasks are killed, paused, duplicated and
 * rescaled, tuples are delayed and lost. The rows must be those of a run without faults:
 *
 * <pre>{@code
 * for (long seed = 0; seed < 1_000; seed++) {
 *   Outcome outcome = Simulation.of(topology).records(readings).randomFaults(5).seed(seed).run();
 *   if (!totals(outcome.rows()).equals(totalsOf(readings))) {
 *     throw new AssertionError("seed " + seed + "\n" + String.join("\n", outcome.trace()));
 *   }
 * }
 * }</pre>
 *
 * <p>{@link io.thalweg.storm.testing.Faults} lists the faults, {@link
 * io.thalweg.storm.testing.Outcome} is the outcome of a run, and {@link
 * io.thalweg.storm.testing.TaskContexts} creates Storm contexts for tests of single bolts. The
 * package needs no test framework.
 *
 * @serial exclude
 */
package io.thalweg.storm.testing;
