/** Single-pass statistics of numbers, with their edge cases and numerical error stated. */
package io.thalweg.stats;
