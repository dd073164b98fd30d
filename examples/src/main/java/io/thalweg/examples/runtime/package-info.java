/**
 * Runtime of the examples: a Kafka broker and a Storm cluster in this JVM, topics, and commands.
 */
package io.thalweg.examples.runtime;
