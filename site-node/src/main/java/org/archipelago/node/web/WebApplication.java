package org.archipelago.node.web;

import jakarta.servlet.Filter;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;

/** The running HTTP server of a node. */
public final class WebApplication implements AutoCloseable {
    private static final int GUARD_ORDER = -1_000;
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
            WebServer server =
                    Objects.requireNonNull(((ServletWebServerApplicationContext) context).getWebServer(), "web server");
            int port = server.getPort();
            return new WebApplication(context, port);
        } catch (RuntimeException e) {
            throw clearer(e, options);
        }
    }

    private static RuntimeException clearer(RuntimeException failure, HttpOptions options) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PortInUseException) {
                return new IllegalStateException(
                        "HTTP port " + options.port()
                                + " is in use; stop what uses it, or set another http.port in the configuration ('demo' takes"
                                + " --http-port N)",
                        failure);
            }
        }
        return failure;
    }

    private static void register(GenericApplicationContext context, HttpOptions options, List<WebFeature> features) {
        server(context, options);
        filter(context, "hostGuard", new HostGuard(options), GUARD_ORDER);
        filter(context, "originGuard", new OriginGuard(options), GUARD_ORDER + 1);
        int beans = 0;
        int order = 0;
        for (WebFeature feature : features) {
            for (Object bean : feature.beans()) {
                singleton(context, "feature-" + beans++, bean);
            }
            for (Filter filter : feature.filters()) {
                filter(context, "filter-" + order, filter, order++);
            }
        }
    }

    private static void server(GenericApplicationContext context, HttpOptions options) {
        context.registerBean(TomcatServletWebServerFactory.class, () -> Tomcat.factory(options));
        DispatcherServlet dispatcher = new DispatcherServlet();
        context.registerBean(DispatcherServlet.class, () -> dispatcher);
        context.registerBean("dispatcherRegistration", ServletRegistrationBean.class, () -> {
            ServletRegistrationBean<DispatcherServlet> registration = new ServletRegistrationBean<>(dispatcher, "/");
            registration.setLoadOnStartup(1);
            return registration;
        });
        context.registerBean(
                AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME, DefaultLifecycleProcessor.class, () -> {
                    DefaultLifecycleProcessor lifecycle = new DefaultLifecycleProcessor();
                    lifecycle.setTimeoutPerShutdownPhase(options.shutdown().toMillis());
                    return lifecycle;
                });
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

    public int port() {
        return port;
    }

    /** Refuses new requests, lets those in flight end within the configured time, then closes. */
    @Override
    public void close() {
        context.close();
    }
}
