/**
 * Decoders of one event in three formats, as templates: JSON ({@link
 * io.thalweg.examples.readings.Reading#parse(byte[])}), Avro and Protocol Buffers. {@code
 * DecoderBenchmark} measures their cost.
 */
package io.thalweg.examples.formats;
