// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.ObjectForm;
import org.vmstate.internal.compiled.Body;
import org.vmstate.internal.layout.Layout;
import org.vmstate.wire.WireReader;

/// The class that compiled code becomes a nestmate of, and what can be named there.
record Host(MethodHandles.Lookup lookup) {
    private static final List<String> NAMED =
            List.of(Body.class.getPackageName(), Layout.class.getPackageName());

    /// The host for states of a form; null where code cannot be defined beside their class, or
    /// could not see this library from there.
    static @Nullable Host of(ObjectForm form) {
        Class<?> type = form.type();
        if (type.isHidden()
                || type.isInterface()
                || type.isArray()
                || !sees(type.getClassLoader(), Body.class)
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
                                    : MethodHandles.privateLookupIn(type, lookup));
            return host.lookup.hasFullPrivilegeAccess() ? host : null;
        } catch (IllegalAccessException e) {
            return null;
        }
    }

    /// Lets code of the host's module name what it needs of this one.
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

    /// Whether code beside the host can access a field by its name; else it needs a handle.
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

    /// Whether code beside the host can name a class.
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
