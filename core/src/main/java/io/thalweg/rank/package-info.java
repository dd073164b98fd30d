/** Who leads, over which window. */
package io.thalweg.rank;
