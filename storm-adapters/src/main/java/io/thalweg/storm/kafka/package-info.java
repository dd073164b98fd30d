/** Kafka sources and sinks of a Storm topology, and the spout that tracks the low watermark. */
package io.thalweg.storm.kafka;
