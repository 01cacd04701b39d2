import JSONHandlers
import LambdaRuntime

struct Order: Decodable {
    let item: String
    let count: Int
}
struct Receipt: Encodable { let total: Int }

LambdaRuntime.run { _, _ in
    JSONHandler { (order: Order, context) in
        context.logger.info("ordered", metadata: ["item": "\(order.item)"])
        return Receipt(total: order.count * 3)
    }
}
