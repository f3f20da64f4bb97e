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
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Pins the direction of imports: `wire → stream → (ram | state | org.vmstate) → savevm / compare`.
final class ImportDirectionTest {
    private static final JavaClasses CORE =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
                    .importPackages("org.vmstate");

    /// A package, and the packages of ours that it may import besides itself. `.` is `org.vmstate`
    /// itself.
    @ParameterizedTest(name = "{0} imports only {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    wire     | ''
                    queue    | ''
                    vmdesc   | wire
                    stream   | wire
                    ram      | wire stream
                    state    | wire stream vmdesc internal
                    .        | wire stream vmdesc queue internal
                    internal | wire stream vmdesc queue state . internal
                    savevm   | wire stream vmdesc queue ram state . internal
                    compare  | wire stream vmdesc ram state . internal
                    """)
    void packagesImportOnlyWhatLiesBeforeThem(String name, String allowed) {
        DescribedPredicate<JavaClass> own =
                resideInAnyPackage(
                        Stream.concat(
                                        Stream.of(name),
                                        Arrays.stream(allowed.split(" ")).filter(p -> !p.isEmpty()))
                                .map(ImportDirectionTest::identifier)
                                .toArray(String[]::new));
        classes()
                .that()
                .resideInAPackage(identifier(name))
                .should()
                .onlyDependOnClassesThat(
                        own.or(DescribedPredicate.not(resideInAPackage("org.vmstate.."))))
                .allowEmptyShould(true)
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
            case "." -> "org.vmstate";
            case "internal" -> "org.vmstate.internal..";
            default -> "org.vmstate." + name;
        };
    }
}
