package org.archipelago.node.fuzz;

import java.nio.file.Path;

/** For {@code infra/faults/run fuzz}. Arguments: seconds, first seed, where to save what fails; or a target and a seed to repeat. */
public final class FuzzMain {
    private FuzzMain() {}

    public static void main(String[] args) {
        Fuzzing fuzzing = new Fuzzing(Targets.all(), Path.of(args[2]));
        Fuzzing.Report report = args[0].matches("\\d+")
                ? fuzzing.run(Long.parseLong(args[1]), Long.parseLong(args[0]) * 1_000_000_000L)
                : fuzzing.again(args[0], Long.parseLong(args[1]));
        report.crashes().forEach(crash -> System.out.println("crash " + crash));
        report.hangs().forEach(hang -> System.out.println("hang " + hang));
        System.out.println("fuzz inputs " + report.inputs());
        System.out.println("fuzz read " + report.read());
        System.out.println("fuzz crashes " + report.crashes().size());
        System.out.println("fuzz hangs " + report.hangs().size());
    }
}
