/** A template of two stateful bolts in a row: which devices alerted most, window by window. */
package io.thalweg.examples.leaderboard;
