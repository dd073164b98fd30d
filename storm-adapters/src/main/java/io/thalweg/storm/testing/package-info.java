/**
 * Topologies under failure, without a cluster, a broker or a clock: for those who test their own.
 *
 * <p>{@link io.thalweg.storm.testing.Simulation} runs the real bolts of a topology against a model
 * of everything around them, and kills, stops, delays, doubles, loses and rescales as a seed says.
 * What comes out must be what comes out when nothing happens:
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
 * <p>Nothing here needs a test framework.
 *
 * @serial exclude
 */
package io.thalweg.storm.testing;
