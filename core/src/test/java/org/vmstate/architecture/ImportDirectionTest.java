// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Checks the direction of imports: `wire → stream → (ram | state | org.vmstate) → inspect /
/// compare`, and inside `internal`: `format → schema → layout → access → plan → codec`.
final class ImportDirectionTest {
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
                    .importPackages("org.vmstate");

    /// A package of this library, and the other ones that it may import.
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
    private static final String FILE = "internal.file";
    private static final String LIBRARY = "internal.library";
    private static final String FORMAT = "internal.format";
    private static final String PROGRESS = "internal.progress";
    private static final String SCHEMA = "internal.schema";
    private static final String LAYOUT = "internal.layout";
    private static final String ACCESS = "internal.access";
    private static final String PLAN = "internal.plan";
    private static final String COMPILED = "internal.compiled";
    private static final String CODEC = "internal.codec";

    private static final List<Rule> RULES =
            List.of(
                    Rule.of(FILE),
                    Rule.of("wire", FILE),
                    Rule.of("queue"),
                    Rule.of("trace", "wire"),
                    Rule.of(LIBRARY, "wire"),
                    Rule.of(FORMAT, "wire"),
                    Rule.of(PROGRESS, "wire"),
                    Rule.of("container", "wire", FILE, LIBRARY, FORMAT),
                    Rule.of("vmdesc", "wire", FORMAT),
                    Rule.of("stream", "wire", FILE, FORMAT),
                    Rule.of("ram", "wire", "stream", "vmdesc", FILE, LIBRARY, FORMAT, PROGRESS),
                    Rule.of("state", "trace", "wire", "stream", "vmdesc", FILE, FORMAT),
                    Rule.of(SCHEMA, "wire", "vmdesc", FORMAT),
                    Rule.of(LAYOUT, "wire", "vmdesc", FORMAT, SCHEMA),
                    Rule.of(ACCESS, "wire", "queue", FORMAT, LAYOUT),
                    Rule.of(PLAN, "wire", "vmdesc", "trace", FORMAT, LAYOUT, ACCESS),
                    Rule.of(COMPILED, "wire", FORMAT, LAYOUT, ACCESS, PLAN),
                    Rule.of(
                            CODEC, "wire", "vmdesc", "queue", "trace", FORMAT, LAYOUT, ACCESS, PLAN,
                            COMPILED),
                    Rule.of(
                            FACE, "wire", "stream", "vmdesc", "queue", "trace", FORMAT, SCHEMA,
                            LAYOUT, ACCESS, PLAN, CODEC),
                    Rule.of("handler", "wire", "stream", "ram", FORMAT),
                    Rule.of(
                            "inspect", "handler", "wire", "stream", "vmdesc", "queue", "ram",
                            "state", FACE, FILE, FORMAT, SCHEMA),
                    Rule.of(
                            "dump",
                            "wire",
                            "container",
                            "stream",
                            "vmdesc",
                            "ram",
                            "state",
                            "handler",
                            "inspect",
                            FILE,
                            PROGRESS),
                    Rule.of(
                            "savevm", "handler", "wire", "stream", "vmdesc", "ram", "state", FACE,
                            FILE, FORMAT),
                    Rule.of(
                            "compare", "handler", "wire", "stream", "vmdesc", "ram", "state",
                            "inspect", FACE, FILE, FORMAT, SCHEMA),
                    Rule.of(
                            "migration",
                            "handler",
                            "wire",
                            "stream",
                            "vmdesc",
                            "ram",
                            "state",
                            "inspect",
                            "savevm",
                            FACE,
                            FILE,
                            FORMAT,
                            PROGRESS),
                    Rule.of("transport", "wire", "migration", FILE));

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
        slices().assignedFrom(new Packages()).should().beFreeOfCycles().check(CORE);
    }

    /// Each package separately, including those of `internal`.
    private static final class Packages implements SliceAssignment {
        @Override
        public String getDescription() {
            return "packages";
        }

        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
            return type.getPackageName().startsWith("org.vmstate")
                    ? SliceIdentifier.of(type.getPackageName())
                    : SliceIdentifier.ignore();
        }
    }

    private static String identifier(String name) {
        return name.equals(FACE) ? FACE : "org.vmstate." + name;
    }
}
