package org.archipelago.node.web;

import jakarta.servlet.Filter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** The running HTTP server of a node. */
public final class WebApplication implements AutoCloseable {
    private static final int GUARD_ORDER = -1_000;
    private static final List<String> COMPRESSED = List.of(
            "application/dicom+json",
            "application/json",
            "application/problem+json",
            "application/wasm",
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
            "image/svg+xml",
            "text/plain");

    private final ConfigurableApplicationContext context;
    private final int port;

    private WebApplication(ConfigurableApplicationContext context, int port) {
        this.context = context;
        this.port = port;
    }

    /**
     * Returns once the port answers.
     *
     * @throws IllegalStateException the port is in use; the message says which
     */
    public static WebApplication start(HttpOptions options, List<WebFeature> features) {
        SpringApplication application = new SpringApplication(WebConfiguration.class);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        application.setBannerMode(Banner.Mode.OFF);
        application.setLogStartupInfo(false);
        application.setRegisterShutdownHook(false);
        // No files, no environment post-processing and no logging set-up: the composition root decides those.
        application.setListeners(List.of());
        application.addInitializers(context -> register((GenericApplicationContext) context, options, features));
        try {
            ConfigurableApplicationContext context = application.run();
            int port = ((ServletWebServerApplicationContext) context)
                    .getWebServer()
                    .getPort();
            return new WebApplication(context, port);
        } catch (RuntimeException e) {
            throw clearer(e, options);
        }
    }

    private static RuntimeException clearer(RuntimeException failure, HttpOptions options) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PortInUseException) {
                return new IllegalStateException(
                        "HTTP port " + options.port() + " is in use; stop what uses it or configure another one",
                        failure);
            }
        }
        return failure;
    }

    private static void register(GenericApplicationContext context, HttpOptions options, List<WebFeature> features) {
        Map<String, Object> properties = properties(options);
        context.registerBean(HttpOptions.class, () -> options);
        filter(context, "hostGuard", new HostGuard(options), GUARD_ORDER);
        filter(context, "originGuard", new OriginGuard(options), GUARD_ORDER + 1);
        int beans = 0;
        int order = 0;
        for (WebFeature feature : features) {
            properties.putAll(feature.properties());
            for (Object bean : feature.beans()) {
                singleton(context, "feature-" + beans++, bean);
            }
            for (Filter filter : feature.filters()) {
                filter(context, "filter-" + order, filter, order++);
            }
        }
        context.getEnvironment().getPropertySources().addFirst(new MapPropertySource("archipelago", properties));
    }

    private static void filter(GenericApplicationContext context, String name, Filter filter, int order) {
        FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>(filter);
        registration.setOrder(order);
        registration.setName(name);
        context.registerBean(name, FilterRegistrationBean.class, () -> registration);
    }

    @SuppressWarnings("unchecked")
    private static <T> void singleton(GenericApplicationContext context, String name, T bean) {
        context.registerBean(name, (Class<T>) bean.getClass(), () -> bean);
    }

    private static Map<String, Object> properties(HttpOptions options) {
        Map<String, Object> p = new LinkedHashMap<>();
        p.put("server.address", options.address());
        p.put("server.port", options.port());
        p.put("server.shutdown", "graceful");
        p.put("spring.lifecycle.timeout-per-shutdown-phase", options.shutdown().toMillis() + "ms");
        p.put("server.max-http-request-header-size", options.maxHeaderBytes() + "B");
        p.put("server.tomcat.connection-timeout", options.idle().toMillis() + "ms");
        p.put("server.tomcat.keep-alive-timeout", options.idle().toMillis() + "ms");
        p.put("server.tomcat.max-connections", options.maxConnections());
        p.put("server.tomcat.max-http-form-post-size", "64KB");
        p.put("server.tomcat.max-swallow-size", "1MB");
        p.put("server.tomcat.max-parameter-count", 256);
        // Browsers leave these unescaped in queries such as PatientName=DOE^JANE.
        p.put("server.tomcat.relaxed-query-chars", "^,|,`,{,},[,],\\");
        p.put("server.compression.enabled", true);
        p.put("server.compression.min-response-size", "2KB");
        p.put("server.compression.mime-types", COMPRESSED);
        p.put("server.error.whitelabel.enabled", false);
        p.put("spring.threads.virtual.enabled", true);
        p.put("spring.main.allow-bean-definition-overriding", false);
        p.put("spring.mvc.servlet.load-on-startup", 1);
        p.put("spring.mvc.problemdetails.enabled", false);
        p.put("spring.web.resources.add-mappings", false);
        p.put("spring.jmx.enabled", false);
        return p;
    }

    public int port() {
        return port;
    }

    /** Refuses new requests, lets those in flight end within the configured time, then closes. */
    @Override
    public void close() {
        context.close();
    }
}
