def handler(event, context):
    return "orders_api"
