"""What one gateway process costs and adds, beside proxies that only pass the same tasks on."""
