/** Runnable examples; each has a package and a subcommand. */
package io.thalweg.examples;
