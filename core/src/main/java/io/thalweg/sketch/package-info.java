/** Approximate answers in bounded memory, each with its error bound. */
package io.thalweg.sketch;
