// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.vmstate.internal.file.MappedComparison;

/// Checks that mapped memory is accessed only in ways that survive a file that becomes shorter.
final class MappedMemoryTest {
    @Test
    void onlyMappedComparisonUsesTheComparisonOfTheJdk() {
        noClasses()
                .that()
                .doNotBelongToAnyOf(MappedComparison.class)
                .should()
                .callMethodWhere(
                        DescribedPredicate.describe(
                                "compares segments",
                                (JavaMethodCall call) ->
                                        call.getTargetOwner().isEquivalentTo(MemorySegment.class)
                                                && call.getName().equals("mismatch")))
                .because("a page that is no longer in the file would end the process")
                .check(
                        new ClassFileImporter()
                                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
                                .importPackages("org.vmstate"));
    }
}
