"""What the SIMD array executes for a tile: README "What is modelled", and the comments of the tables of operators."""

from collections import namedtuple

# @reads: words of VMEM; @immediates: words, @each: one in every lane; @waits: for the result of the one before;
# @times: once, in every element of the "window", all "but one", or for each image of the "batch".
Instruction = namedtuple("Instruction", "operation reads immediates each waits times result")
# Either each instruction goes over all vectors before the next one, or all of them for each vector (@by_vector).
# @when: in every tile, or in the first or last of its channels. @joins: no draining between it and its neighbours;
# @at_end: it drains only after the last tile of its channels.
Block = namedtuple("Block", "instructions over by_vector which_pass when joins at_end")


def block(*instructions, over="oc n oh ow", by_vector=False, which_pass=0, when="tile", joins=False, at_end=False):
    return Block(instructions, over.split(), by_vector, which_pass, when, joins, at_end)


def two(operation, result="accumulator", waits=False, times="once"):
    """Of two words in VMEM."""
    return Instruction(operation, 2, 0, False, waits, times, result)


def one(operation, result="accumulator"):
    return Instruction(operation, 1, 0, False, False, "once", result)


def imm(operation, result="accumulator", each=False, waits=False):
    """Of a word in VMEM and an immediate."""
    return Instruction(operation, 1, 1, each, waits, "once", result)


ADD_DECAY = [imm("mul"), two("add")]
VELOCITY = [imm("mul"), two("add")]
TAKE_STEP = [imm("mul"), two("sub")]
MOMENT = [imm("mul"), imm("mul"), two("add")]
SQUARES = [imm("mul"), two("mul"), imm("mul"), two("add")]
ADAM_STEP = [one("inv_sqrt"), two("mul"), imm("add"), two("div"), imm("mul"), two("sub")]
POOL_GRAD = [block(two("div"), two("add", waits=True), two("add", times="but one"), by_vector=True)]
MOVE = [block(one("cond_move", "output"))]
PLAIN_STEP = [block(two("generic"), two("generic", "output"))]

PROGRAMS = {
    "relu": [block(imm("max", "output"))],
    "elem_add": [block(two("add", "output"))],
    "max_pool": [block(two("max", "output", times="window"))],
    "avg_pool": [block(two("add", times="window"), two("div", "output"))],
    "softmax": [block(one("exp")), block(two("add")), block(two("div", "output"), which_pass=1)],
    "mean_var": [
        block(two("add"), two("mul"), two("add", waits=True), by_vector=True),
        block(two("div"), two("mul", waits=True), two("div"), two("sub", waits=True), imm("add", each=True, waits=True),
              imm("inv_sqrt", each=True, waits=True), over="oc", by_vector=True, when="last", joins=True)],
    "batch_norm": [block(two("sub"), two("mul", waits=True), two("mul", waits=True), two("add", "output", waits=True),
                         by_vector=True)],
    "batchnorm_grad_x_mu": [
        block(two("sub"), two("mul", waits=True), two("mul", waits=True), two("add", waits=True), two("add"),
              by_vector=True),
        block(two("mul"), two("div", waits=True), over="oc", by_vector=True, which_pass=1, when="first", joins=True),
        block(two("mul"), two("mul"), two("sub", waits=True), two("sub", waits=True), two("mul", "output", waits=True),
              by_vector=True, which_pass=1)],
    "relu_grad": [block(two("generic", "output"))],
    "max_pool_index": [block(two("max", "output", times="window"), two("cond_move", times="window"))],
    "max_pool_grad": [block(two("cond_move"), two("add", waits=True), over="oc n oh ow kh kw", by_vector=True)],
    "average_pool_grad": POOL_GRAD, "global_average_pool_grad": POOL_GRAD,
    "reduce_sum": [block(two("generic", "output", times="batch"), over="oc", at_end=True)],
    "reduce_maps": [block(two("add"))],
    "softmax_grad": [block(two("mul"), two("add")), block(two("sub"), two("mul", "output"), which_pass=1)],
    "cross_entropy": [block(one("log"), two("mul"), two("sub", "output"))],
    "cross_entropy_grad": [block(two("sub"), imm("mul", "output"))],
    "transpose": MOVE, "transpose_weights": MOVE, "dilate": MOVE,
    "sgd": [block(*TAKE_STEP)], "sgd_decay": [block(*ADD_DECAY, *TAKE_STEP)],
    "momentum": [block(*VELOCITY, *TAKE_STEP)], "momentum_decay": [block(*ADD_DECAY, *VELOCITY, *TAKE_STEP)],
    "adam": [block(*MOMENT), block(*SQUARES, joins=True), block(*ADAM_STEP, joins=True)],
    "adam_decay": [block(*ADD_DECAY, *MOMENT), block(*SQUARES, joins=True), block(*ADAM_STEP, joins=True)],
    "sgd4d": PLAIN_STEP, "sgd2d": PLAIN_STEP, "sgd1d": PLAIN_STEP,
}
PROGRAMS["global_avg_pool"] = PROGRAMS["avg_pool"]


def cycles_of(operation, training):
    """Issue slots: training is in floating point."""
    return {"div": 5 if training else 9, "exp": 3, "log": 3, "inv_sqrt": 11 if training else 13}.get(operation, 1)
