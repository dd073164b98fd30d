/** What a demo runs on: a Kafka broker and a Storm cluster in this JVM, and topics. */
package io.thalweg.examples.runtime;
