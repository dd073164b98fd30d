/**
 * Example: indicators of radio cells against their own history, and incidents of cells.
 *
 * <p>{@link io.thalweg.examples.network.CellReport} is the event, {@link
 * io.thalweg.examples.network.CellFeatures} declares its features, {@link
 * io.thalweg.examples.network.CellIncidents} decides, and {@link
 * io.thalweg.examples.network.NetworkTopology} connects them.
 */
package io.thalweg.examples.network;
