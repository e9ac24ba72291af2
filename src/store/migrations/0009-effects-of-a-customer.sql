-- outbox: whether a customer has an effect of a kind on its way
CREATE INDEX intent_customer ON intent (connection_id, customer_id, kind);
