// The target of the headers that the layers share needs a source.
