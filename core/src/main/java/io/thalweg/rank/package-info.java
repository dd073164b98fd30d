/**
 * Rankings over windows: exact standings, approximate standings in bounded memory, and a
 * leaderboard over all keys.
 */
package io.thalweg.rank;
