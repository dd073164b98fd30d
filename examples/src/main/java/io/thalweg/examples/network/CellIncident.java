package io.thalweg.examples.network;

/**
 * Begin or end of an incident of a cell.
 *
 * @param kpi the worst indicator so far
 * @param open true at the begin, false at the end
 * @param since the report with which it began, in milliseconds since 1970
 * @param score how much worse than usual the indicator is or was at worst, see {@link Kpi#score}
 * @param value the indicator over the last hour, at the report with that score
 * @param usual the median of the indicator at that hour of the week
 */
record CellIncident(Kpi kpi, boolean open, long since, double score, double value, double usual) {}
