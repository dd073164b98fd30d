/** Programs of one page that use the core alone: no Kafka, no Storm, no files. */
package io.thalweg.examples.core;
