package org.archipelago.domain;

import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.axonframework.commandhandling.CommandMessage;
import org.axonframework.messaging.InterceptorChain;
import org.axonframework.messaging.MessageHandlerInterceptor;
import org.axonframework.messaging.unitofwork.UnitOfWork;
import org.axonframework.modelling.command.AggregateNotFoundException;

/** A command for something that does not exist is refused with NOT_FOUND. */
final class MissingAggregates implements MessageHandlerInterceptor<CommandMessage<?>> {
    @Override
    public Object handle(UnitOfWork<? extends CommandMessage<?>> unitOfWork, InterceptorChain chain) throws Exception {
        try {
            return chain.proceed();
        } catch (AggregateNotFoundException e) {
            String subject = unitOfWork.getMessage().getPayloadType().getSimpleName();
            throw new ArchiveException(ArchiveError.NOT_FOUND, subject, e);
        }
    }
}
