"""Chat models: the embedded runtime and every server that speaks the OpenAI protocol."""
