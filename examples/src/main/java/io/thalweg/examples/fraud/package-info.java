/**
 * Card transactions flow through Kafka into features and a model on Storm; decisions land in a
 * database, alerts in a topic.
 */
package io.thalweg.examples.fraud;
