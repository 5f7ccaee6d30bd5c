#include "hw/unit.h"

const SimditUnitOps *
simdit_unit_ops (SimditUnitKind kind)
{
  static const SimditUnitOps *const units[] = {
    [SIMDIT_UNIT_PE_ARRAY] = &simdit_pe_array_ops, [SIMDIT_UNIT_SIMD_ARRAY] = &simdit_simd_array_ops
  };

  return units[kind];
}
