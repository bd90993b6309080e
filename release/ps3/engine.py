"""The finished engine of problem set 1, which later problem sets build on."""

from course_lib import ComputationNode, sum_to


class Mul(ComputationNode):  # Step 3
    def forward(self):
        self.result = self.input(0) * self.input(1)

    def backward(self):
        x, y = self.input_nodes
        return [
            sum_to(self.gradient * self.input(1), x.shape),
            sum_to(self.gradient * self.input(0), y.shape),
        ]


class Add(ComputationNode):  # Step 3
    def forward(self):
        self.result = self.input(0) + self.input(1)

    def backward(self):
        return [sum_to(self.gradient, node.shape) for node in self.input_nodes]


class Matmul(ComputationNode):  # Step 6
    def forward(self):
        self.result = self.input(0) @ self.input(1)

    def backward(self):
        return [self.gradient @ self.input(1).T, self.input(0).T @ self.gradient]


def forward_algorithm(graph):  # Step 1
    for node in graph.sorted_nodes():
        node.forward()
    return graph


def backward_algorithm(graph, one=1.0):  # Step 2
    nodes = graph.sorted_nodes()[::-1]
    for node in nodes:
        node.gradient = None
    graph.gradient = one
    for node in nodes:
        for input_node, gradient in zip(node.input_nodes, node.backward()):
            input_node.accumulate_gradient(gradient)
    return graph
