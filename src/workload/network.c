#include "workload/network-private.h"

#include <simdit/error.h>
#include <string.h>

void
simdit_layer_init (SimditLayer *self, const char *name, const SimditOperator *op)
{
  *self = (SimditLayer){ .name = g_strdup (name), .op = op, .stride = 1 };
  for (guint d = 0; d < SIMDIT_N_DIMS; d++)
    self->extents.of[d] = 1;
  self->extents.of[SIMDIT_DIM_PASS] = MAX (op->passes, 1);
}

static void
layer_clear (gpointer data)
{
  SimditLayer *self = data;

  g_free (self->name);
  g_free (self->inputs);
}

static bool
read_either_format (SimditNetwork *self, const SimditJson *root, GError **error)
{
  if (!simdit_json_expect_object (root, error))
    return false;
  if (simdit_json_member (root, "format").node != NULL)
    return simdit_graph_read (self, root, error);
  if (simdit_json_member (root, "program").node != NULL)
    return simdit_spec_read (self, root, error);
  return simdit_json_fail (root, error,
                           "expected a network: \"format\": \"simdit-network\", or a SimDIT spec "
                           "with \"mode\" and \"program\"");
}

SimditNetwork *
simdit_network_parse (const char *text, gssize length, const char *name, GError **error)
{
  g_autoptr (SimditJsonDocument) document = simdit_json_parse (text, length, name, error);
  g_autoptr (SimditNetwork) self = NULL;
  SimditJson root;

  if (document == NULL)
    return NULL;
  self = g_new0 (SimditNetwork, 1);
  self->name = simdit_file_stem (name);
  self->file = g_strdup (name);
  self->description = g_strdup ("");
  self->source = length < 0 ? g_strdup (text) : g_strndup (text, (gsize) length);
  self->layers = g_array_new (FALSE, TRUE, sizeof (SimditLayer));
  g_array_set_clear_func (self->layers, layer_clear);
  root = simdit_json_root (document);
  if (!read_either_format (self, &root, error))
    return NULL;
  return g_steal_pointer (&self);
}

SimditNetwork *
simdit_network_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!simdit_json_read_file (path, &text, &length, error))
    return NULL;
  return simdit_network_parse (text, (gssize) length, path, error);
}

void
simdit_network_free (SimditNetwork *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_free (self->file);
  g_free (self->description);
  g_free (self->source);
  g_clear_pointer (&self->layers, g_array_unref);
  g_free (self);
}

const char *
simdit_network_get_name (const SimditNetwork *self)
{
  return self->name;
}

const char *
simdit_network_get_description (const SimditNetwork *self)
{
  return self->description;
}

SimditMode
simdit_network_get_mode (const SimditNetwork *self)
{
  return self->mode;
}

uint64_t
simdit_network_get_n_layers (const SimditNetwork *self)
{
  return self->layers->len;
}

const char *
simdit_network_get_source (const SimditNetwork *self)
{
  return self->source;
}
