package org.archipelago.eventstore.record;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What there is to choose in an event: constants of enums, kinds of sealed types, optional components that are there or
 * not. Each is stored under a name, or by its absence, so each needs a record that is read for ever.
 */
final class EventShapes {
    private static final String OURS = "org.archipelago.";

    private final Set<String> shapes = new TreeSet<>();
    private final Set<Class<?>> met = new HashSet<>();

    private EventShapes() {}

    /** All that events of these classes can have. */
    static Set<String> possible(Collection<? extends Class<?>> events) {
        EventShapes possible = new EventShapes();
        events.forEach(possible::type);
        return possible.shapes;
    }

    /** What these events have. */
    static Set<String> seen(Collection<?> events) {
        EventShapes seen = new EventShapes();
        events.forEach(seen::value);
        return seen.shapes;
    }

    private void type(Type type) {
        if (type instanceof ParameterizedType generic) {
            type(generic.getRawType());
            for (Type argument : generic.getActualTypeArguments()) {
                type(argument);
            }
            return;
        }
        if (!(type instanceof Class<?> one) || !one.getName().startsWith(OURS) || !met.add(one)) {
            return;
        }
        if (one.isEnum()) {
            for (Object constant : one.getEnumConstants()) {
                shapes.add(of((Enum<?>) constant));
            }
        } else if (one.isSealed()) {
            for (Class<?> kind : one.getPermittedSubclasses()) {
                shapes.add(of(kind));
                type(kind);
            }
        } else if (one.isRecord()) {
            for (RecordComponent component : one.getRecordComponents()) {
                if (component.getType() == Optional.class) {
                    shapes.add(of(component, true));
                    shapes.add(of(component, false));
                }
                type(component.getGenericType());
            }
        }
    }

    private void value(@Nullable Object value) {
        switch (value) {
            case Enum<?> constant -> shapes.add(of(constant));
            case Optional<?> optional -> optional.ifPresent(this::value);
            case Collection<?> many -> many.forEach(this::value);
            case Map<?, ?> map ->
                map.forEach((key, each) -> {
                    value(key);
                    value(each);
                });
            case Record record when record.getClass().getName().startsWith(OURS) -> components(record);
            case null, default -> {} // a leaf
        }
    }

    private void components(Record record) {
        for (Class<?> parent : record.getClass().getInterfaces()) {
            if (parent.isSealed()) {
                shapes.add(of(record.getClass()));
            }
        }
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = read(record, component);
            if (value instanceof Optional<?> optional) {
                shapes.add(of(component, optional.isPresent()));
            }
            value(value);
        }
    }

    private static Object read(Record record, RecordComponent component) {
        try {
            Method accessor = component.getAccessor();
            accessor.setAccessible(true);
            return accessor.invoke(record);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new IllegalStateException(component.toString(), e);
        }
    }

    private static String of(Enum<?> constant) {
        return name(constant.getDeclaringClass()) + "." + constant.name();
    }

    private static String of(RecordComponent component, boolean present) {
        return name(component.getDeclaringRecord()) + "." + component.getName() + (present ? " present" : " absent");
    }

    private static String of(Class<?> kind) {
        return name(kind);
    }

    private static String name(Class<?> type) {
        return type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    }
}
