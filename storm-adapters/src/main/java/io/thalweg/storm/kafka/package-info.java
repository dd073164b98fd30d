/**
 * Kafka sources and sinks of a Storm topology, and the spout that tracks the low watermark.
 *
 * @serial exclude
 */
package io.thalweg.storm.kafka;
