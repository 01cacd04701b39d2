import YAML

extension YAMLNode {
    init(parsing text: String, limits: YAMLLimits = .default) throws(YAMLError) {
        try self.init(parsing: [UInt8](text.utf8), limits: limits)
    }
}
