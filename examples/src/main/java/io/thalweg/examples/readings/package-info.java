/** Sensor readings: the event, its simulator and its topic. */
package io.thalweg.examples.readings;
