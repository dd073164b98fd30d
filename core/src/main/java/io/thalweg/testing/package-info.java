/** Laws and oracles for those who write their own. No JUnit in its signatures. */
package io.thalweg.testing;
