import FunctionCompute
import JSONHandlers

struct Order: Decodable {
    let item: String
    let count: Int
}
struct Receipt: Encodable { let total: Int }

FunctionCompute.run { _ in
    JSONHandler { (order: Order, context) in
        context.logger.info("ordered", metadata: ["item": "\(order.item)"])
        return Receipt(total: order.count * 3)
    }
}
