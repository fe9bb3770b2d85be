import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Sums up the XML reports of Surefire and Failsafe below a checkout. The last line is
 * {@code N passed, N failed, N skipped}. Exits 1 if a test failed, Maven failed or reported an error, a test class has
 * no report, nothing ran, a test was NOT SHOWN for want of real data that is there, a test was skipped for any other
 * reason, a suite has no budget, or the run took longer than {@value #MAX_TOTAL_SECONDS} s.
 */
final class TestSummary {
    private static final String NOT_SHOWN = "NOT SHOWN";
    /** Machines differ, so a suite over its budget, or a run over this length, is only shown. */
    private static final int TOTAL_SECONDS_GOAL = 1740;

    /** Too long on any machine. */
    private static final int MAX_TOTAL_SECONDS = 3600;

    /** The class of the file itself; one nested in it, or a word in a comment, does not make it abstract. */
    private static final Pattern ABSTRACT_CLASS = Pattern.compile("(?m)^(public )?abstract class (\\w+)");

    private final Path root;
    private final Map<String, Suite> suites = new TreeMap<>();
    private final Set<String> reportedClasses = new HashSet<>();
    private final List<String> failures = new ArrayList<>();
    private final List<String> notShown = new ArrayList<>();
    private final List<String> otherSkips = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();
    private int passed;

    /** Tests of one module and kind, with the time that they took. */
    private static final class Suite {
        int tests;
        double seconds;
    }

    private TestSummary(Path root) {
        this.root = root;
    }

    public static void main(String[] args) throws IOException, XMLStreamException {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < args.length; i++) {
            options.put(args[i], i + 1 < args.length && !args[i + 1].startsWith("--") ? args[++i] : "");
        }
        TestSummary summary = new TestSummary(Path.of(options.get("--root")).toAbsolutePath().normalize());
        boolean unitTestsOnly = !options.containsKey("--budgets");
        summary.readReports();
        summary.findClassesWithoutReport(unitTestsOnly);
        summary.judgeMaven(Integer.parseInt(options.getOrDefault("--maven-status", "0")), options.get("--log"));
        summary.judgeSkips(options.containsKey("--data-present"));
        summary.judgeTime(Double.parseDouble(options.getOrDefault("--elapsed", "0")));
        boolean good = summary.print(unitTestsOnly ? null : Path.of(options.get("--budgets")));
        System.exit(good ? 0 : 1);
    }

    private void readReports() throws IOException, XMLStreamException {
        for (Path file : files("reports", ".xml")) {
            if (file.getFileName().toString().startsWith("TEST-")) {
                readReport(file);
            }
        }
        if (suites.isEmpty()) {
            problems.add("no test ran");
        }
    }

    private void readReport(Path file) throws IOException, XMLStreamException {
        String module = root.relativize(file.getParent().getParent().getParent()).toString();
        boolean integration = file.getParent().getFileName().toString().startsWith("failsafe");
        Suite suite = suites.computeIfAbsent(module + (integration ? " (integration)" : ""), _ -> new Suite());
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream in = Files.newInputStream(file)) {
            XMLStreamReader reader = factory.createXMLStreamReader(in);
            String test = "";
            String outcome = "";
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    switch (reader.getLocalName()) {
                        case "testsuite" -> {
                            reportedClasses.add(reader.getAttributeValue(null, "name"));
                            suite.seconds += number(reader.getAttributeValue(null, "time"));
                        }
                        case "testcase" -> {
                            test = reader.getAttributeValue(null, "classname") + "."
                                    + reader.getAttributeValue(null, "name");
                            outcome = "passed";
                        }
                        case "failure", "error" -> {
                            outcome = "failed";
                            failures.add(test + ": " + firstLine(reader.getAttributeValue(null, "message")));
                        }
                        case "skipped" -> {
                            outcome = "skipped";
                            skipped(test, reader.getAttributeValue(null, "message"));
                        }
                        default -> {}
                    }
                } else if (event == XMLStreamConstants.END_ELEMENT && reader.getLocalName().equals("testcase")) {
                    suite.tests++;
                    passed += outcome.equals("passed") ? 1 : 0;
                }
            }
        }
    }

    private void skipped(String test, String message) {
        String reason = firstLine(message);
        int at = reason.indexOf(NOT_SHOWN);
        if (at >= 0) {
            notShown.add(test + reason.substring(at + NOT_SHOWN.length()));
        } else {
            otherSkips.add(test + ": " + reason);
        }
    }

    /** A crashed JVM or a filter that matches nothing leaves no report; that must not look like success. */
    private void findClassesWithoutReport(boolean unitTestsOnly) throws IOException {
        for (Path source : files("java", "Test.java", "IT.java")) {
            String path = root.relativize(source).toString().replace('\\', '/');
            int at = path.indexOf("src/test/java/");
            if (at < 0 || unitTestsOnly && path.endsWith("IT.java")) {
                continue;
            }
            String name = path.substring(at + "src/test/java/".length()).replace(".java", "").replace('/', '.');
            boolean reported = reportedClasses.stream().anyMatch(r -> r.equals(name) || r.startsWith(name + "$"));
            if (!reported && !isAbstract(source)) {
                problems.add(name + " has no report: it did not run");
            }
        }
    }

    private static boolean isAbstract(Path source) throws IOException {
        Matcher declared = ABSTRACT_CLASS.matcher(Files.readString(source));
        String name = source.getFileName().toString().replace(".java", "");
        return declared.results().anyMatch(found -> found.group(2).equals(name));
    }

    /** Whoever switches a test off, or lets it pass itself over, must not get a good run for it. */
    private void judgeSkips(boolean dataPresent) {
        otherSkips.forEach(skip -> problems.add("skipped, and not for want of real data: " + skip));
        if (dataPresent && !notShown.isEmpty()) {
            problems.add("the real data is present, yet tests were NOT SHOWN");
        }
    }

    private void judgeTime(double elapsedSeconds) {
        System.out.printf(Locale.ROOT, "build and tests took %.0f s%n%n", elapsedSeconds);
        if (elapsedSeconds > TOTAL_SECONDS_GOAL) {
            System.out.printf("TOO LONG: it is meant to stay below %d s%n%n", TOTAL_SECONDS_GOAL);
        }
        if (elapsedSeconds > MAX_TOTAL_SECONDS) {
            problems.add(String.format(
                    Locale.ROOT, "the run took %.0f s; at most %d s are allowed", elapsedSeconds, MAX_TOTAL_SECONDS));
        }
    }

    private void judgeMaven(int status, String log) throws IOException {
        if (status != 0) {
            problems.add("Maven ended with status " + status + "; see " + log);
        } else if (log != null && failures.isEmpty()) {
            String text = new String(Files.readAllBytes(Path.of(log)), StandardCharsets.UTF_8);
            text.lines()
                    .filter(line -> line.startsWith("[ERROR]"))
                    .limit(5)
                    .forEach(line -> problems.add("Maven reported: " + line));
        }
    }

    private boolean print(Path budgets) throws IOException {
        printSuites(budgets);
        printList("Failed", failures);
        printList("Skipped for another reason", otherSkips);
        printList(NOT_SHOWN + ": " + notShown.size() + " (each needs what is not here)", notShown);
        printList("Problems", problems);
        int skips = otherSkips.size() + notShown.size();
        System.out.println();
        System.out.println(passed + " passed, " + failures.size() + " failed, " + skips + " skipped");
        return failures.isEmpty() && problems.isEmpty();
    }

    private void printSuites(Path budgets) throws IOException {
        Map<String, Double> limits = new HashMap<>();
        if (budgets != null) {
            for (String line : Files.readAllLines(budgets)) {
                String[] columns = line.split("\t");
                if (columns.length == 2 && !line.startsWith("#")) {
                    limits.put(columns[0], Double.valueOf(columns[1]));
                }
            }
        }
        System.out.printf("%-42s %6s %9s %9s%n", "suite", "tests", "time", "budget");
        double total = 0;
        double allowed = 0;
        for (Map.Entry<String, Suite> entry : suites.entrySet()) {
            String name = entry.getKey();
            Suite suite = entry.getValue();
            total += suite.seconds;
            allowed += limits.getOrDefault(name, 0.0);
            Double limit = limits.get(name);
            String budget = limit == null ? "-" : String.format(Locale.ROOT, "%.0f s", limit);
            String over = limit != null && suite.seconds > limit ? "  OVER BUDGET" : "";
            System.out.printf(Locale.ROOT, "%-42s %6d %7.1f s %9s%s%n", name, suite.tests, suite.seconds, budget, over);
            if (limit == null && budgets != null) {
                problems.add("suite '" + name + "' has no budget in " + budgets);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%-42s %6s %7.1f s %9s%n",
                "all",
                "",
                total,
                budgets == null ? "-" : String.format(Locale.ROOT, "%.0f s", allowed));
    }

    private static void printList(String title, List<String> lines) {
        if (!lines.isEmpty()) {
            System.out.println();
            System.out.println(title);
            lines.forEach(line -> System.out.println("  " + line));
        }
    }

    private List<Path> files(String what, String... endings) throws IOException {
        List<Path> found = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                String name = directory.getFileName().toString();
                boolean pass = name.equals("node_modules")
                        || name.startsWith(".") && !directory.equals(root)
                        || what.equals("java") && name.equals("target");
                return pass ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String parent = file.getParent().getFileName().toString();
                boolean place = what.equals("java")
                        || parent.equals("surefire-reports")
                        || parent.equals("failsafe-reports");
                for (String ending : endings) {
                    if (place && file.toString().endsWith(ending)) {
                        found.add(file);
                    }
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    private static double number(String text) {
        return text == null ? 0 : Double.parseDouble(text.replace(",", ""));
    }

    private static String firstLine(String text) {
        return text == null ? "" : text.lines().findFirst().orElse("");
    }
}
