/**
 * Topologies under failure, without a cluster, a broker or a clock: for those who test their own.
 *
 * @serial exclude
 */
package io.thalweg.storm.testing;
