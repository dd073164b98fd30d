/** Which events belong together in time, and when their result is final. */
package io.thalweg.window;
