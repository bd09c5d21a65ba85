/** A program that does not come up. */
process.exit(3);
