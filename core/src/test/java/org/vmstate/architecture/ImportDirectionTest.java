// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Pins the direction of imports: `wire → stream → (ram | state | org.vmstate) → inspect /
/// compare`.
final class ImportDirectionTest {
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
                    .importPackages("org.vmstate");

    /// A package of ours, and those of ours that it may import besides itself.
    record Rule(String name, Set<String> imports) {
        static Rule of(String name, String... imports) {
            return new Rule(name, Set.of(imports));
        }

        @Override
        public String toString() {
            return name + " imports only " + imports;
        }
    }

    private static final String FACE = "org.vmstate";
    private static final String INTERNAL = "internal";

    private static final List<Rule> RULES =
            List.of(
                    Rule.of("wire"),
                    Rule.of("container", "wire"),
                    Rule.of("queue"),
                    Rule.of("trace"),
                    Rule.of("vmdesc", "wire"),
                    Rule.of("stream", "wire"),
                    Rule.of("ram", "wire", "stream", "vmdesc"),
                    Rule.of("state", "trace", "wire", "stream", "vmdesc", INTERNAL),
                    Rule.of(FACE, "wire", "stream", "vmdesc", "queue", "trace", INTERNAL),
                    Rule.of(INTERNAL, "wire", "stream", "vmdesc", "queue", "trace", "state", FACE),
                    Rule.of(
                            "inspect", "wire", "stream", "vmdesc", "queue", "ram", "state", FACE,
                            INTERNAL),
                    Rule.of("dump", "wire", "stream", "ram", "state", "inspect"),
                    Rule.of(
                            "compare", "wire", "stream", "vmdesc", "ram", "state", "inspect",
                            FACE));

    @ParameterizedTest
    @FieldSource("RULES")
    void packagesImportOnlyWhatLiesBeforeThem(Rule rule) {
        String[] allowed =
                Stream.concat(Stream.of(rule.name), rule.imports.stream())
                        .map(ImportDirectionTest::identifier)
                        .toArray(String[]::new);
        classes()
                .that()
                .resideInAPackage(identifier(rule.name))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(allowed)
                                .or(DescribedPredicate.not(resideInAPackage("org.vmstate.."))))
                .allowEmptyShould(true)
                .check(CORE);
    }

    @Test
    void everyPackageHasItsRule() {
        classes()
                .should()
                .resideInAnyPackage(
                        RULES.stream().map(rule -> identifier(rule.name)).toArray(String[]::new))
                .check(CORE);
    }

    @Test
    void packagesDoNotImportEachOtherInCircles() {
        slices().matching("org.vmstate.(*)..")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(CORE);
    }

    private static String identifier(String name) {
        return switch (name) {
            case FACE -> FACE;
            case INTERNAL -> "org.vmstate.internal..";
            default -> "org.vmstate." + name;
        };
    }
}
