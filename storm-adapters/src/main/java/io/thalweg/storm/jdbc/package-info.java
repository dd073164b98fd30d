/**
 * State store and result sink over JDBC.
 *
 * @serial exclude
 */
package io.thalweg.storm.jdbc;
