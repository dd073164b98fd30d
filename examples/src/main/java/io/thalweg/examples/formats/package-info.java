/**
 * Decoders of one event in three formats, as templates for a topic of one's own: JSON ({@link
 * io.thalweg.examples.readings.Reading#parse(byte[])}), Avro and Protocol Buffers. What they cost
 * is measured by {@code DecoderBenchmark}.
 */
package io.thalweg.examples.formats;
