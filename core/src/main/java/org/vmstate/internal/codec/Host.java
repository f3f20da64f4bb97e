// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.MemoryForm;
import org.vmstate.internal.access.ObjectForm;
import org.vmstate.internal.access.StateForm;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.WireReader;

/// The class whose nestmate compiled code becomes, and the access rights of code there.
///
/// Code for objects is defined in the nest of their class, code for memory in this package.
record Host(MethodHandles.Lookup lookup, boolean ofMemory) {
    private static final List<String> NAMED =
            List.of(
                    BodyCodec.class.getPackageName(),
                    Hooks.class.getPackageName(),
                    Count.class.getPackageName());

    private static final Host OF_MEMORY = new Host(MethodHandles.lookup(), true);

    /// Returns the host for states of a form; null if code cannot be defined in the nest of their
    /// class, or could not access this library from there.
    static @Nullable Host of(StateForm form) {
        return switch (form) {
            case ObjectForm objects -> besideObjects(objects);
            case MemoryForm _ -> OF_MEMORY;
            default -> null;
        };
    }

    private static @Nullable Host besideObjects(ObjectForm form) {
        Class<?> type = form.type();
        if (type.isHidden()
                || type.isInterface()
                || type.isArray()
                || !sees(type.getClassLoader(), BodyCodec.class)
                || !sees(type.getClassLoader(), WireReader.class)
                || !type.getModule().canRead(Host.class.getModule())) {
            return null;
        }
        MethodHandles.Lookup lookup = form.lookup();
        try {
            Host host =
                    new Host(
                            lookup.lookupClass() == type
                                    ? lookup
                                    : MethodHandles.privateLookupIn(type, lookup),
                            false);
            return host.lookup.hasFullPrivilegeAccess() ? host : null;
        } catch (IllegalAccessException e) {
            return null;
        }
    }

    /// Returns the emitter of code that accesses the values of the states.
    Values values(CodeBuilder code, Constants constants) {
        return ofMemory
                ? new MemoryValues(code, constants)
                : new ObjectValues(code, constants, this);
    }

    /// The types of the parameters that the method of a [Step.StructMethod] has in addition: for
    /// memory, the offset of the structure in its segment.
    List<ClassDesc> structureParameters() {
        return ofMemory ? List.of(ConstantDescs.CD_long) : List.of();
    }

    /// Whether code in this host can save and load states of a form.
    boolean takes(StateForm form) {
        return ofMemory
                ? form instanceof MemoryForm
                : form instanceof ObjectForm objects && sees(objects.type());
    }

    /// Whether code in this host can iterate over a queue or, if `loading`, fill it.
    boolean walks(Spot spot, Element.Queue queue, boolean loading) {
        if (loading && (queue.made() == null || queue.list())) {
            return false;
        }
        if (!(spot instanceof Spot.InObject(VariableMember member, _))) {
            return true;
        }
        Class<?> type = member.type();
        return loading
                ? type == TailQueue.class || Collection.class.isAssignableFrom(type)
                : Iterable.class.isAssignableFrom(type);
    }

    /// Whether code in this host can replace the value of a field.
    boolean replaces(Spot spot) {
        return !(spot instanceof Spot.InObject(VariableMember member, _))
                || (sees(member.type()) && member.settable());
    }

    /// Returns the type that code in this host uses for the array of objects in a field.
    Class<?> arrayType(VariableMember member) {
        return sees(member.field()) && sees(member.type().getComponentType())
                ? member.type()
                : Object[].class;
    }

    /// Exports the packages that compiled code needs to the host's module.
    void open() {
        Module own = Host.class.getModule();
        for (String name : NAMED) {
            if (!own.isExported(name, type().getModule())) {
                own.addExports(name, type().getModule());
            }
        }
    }

    Class<?> type() {
        return lookup.lookupClass();
    }

    /// Whether code in this host can access a field by its name; otherwise it needs a handle.
    boolean sees(Field field) {
        Class<?> owner = field.getDeclaringClass();
        if (Modifier.isPrivate(field.getModifiers())) {
            return owner.getNestHost() == type().getNestHost();
        }
        return sees(owner)
                && (isBeside(owner)
                        || (Modifier.isPublic(field.getModifiers())
                                && owner.getModule() == type().getModule()));
    }

    /// Whether code in this host can access a class by its name.
    boolean sees(Class<?> other) {
        return !other.isHidden()
                && !other.isArray()
                && !other.isPrimitive()
                && (isBeside(other)
                        || (Modifier.isPublic(other.getModifiers())
                                && type().getModule().canRead(other.getModule())
                                && other.getModule()
                                        .isExported(other.getPackageName(), type().getModule())
                                && sees(type().getClassLoader(), other)));
    }

    private boolean isBeside(Class<?> other) {
        return Objects.equals(other.getClassLoader(), type().getClassLoader())
                && other.getPackageName().equals(type().getPackageName());
    }

    private static boolean sees(@Nullable ClassLoader loader, Class<?> other) {
        try {
            return Class.forName(other.getName(), false, loader).equals(other);
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }
}
