/** What a demo needs in its own JVM: a Kafka broker and a Storm cluster. */
package io.thalweg.examples.embedded;
