/** State store and result sink over JDBC. */
package io.thalweg.storm.jdbc;
