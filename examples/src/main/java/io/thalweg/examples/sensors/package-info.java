/** Sensor readings flow through Kafka into a detector on Storm; anomalies land in a database. */
package io.thalweg.examples.sensors;
